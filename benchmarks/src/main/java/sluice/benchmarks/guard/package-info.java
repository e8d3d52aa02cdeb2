/**
 * What a call costs, counted instead of timed: bytes allocated and system calls made, compared with a baseline that is
 * kept with the sources. Start at {@link sluice.benchmarks.guard.Guard}.
 */
@NullMarked
@CheckReturnValue
package sluice.benchmarks.guard;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
