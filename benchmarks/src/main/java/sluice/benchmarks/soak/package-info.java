/**
 * {@code sluice bench soak}: a gateway under load and misbehaviour for long, and whether anything in it grows. Start at
 * {@link sluice.benchmarks.soak.SoakRun}.
 */
@NullMarked
@CheckReturnValue
package sluice.benchmarks.soak;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
