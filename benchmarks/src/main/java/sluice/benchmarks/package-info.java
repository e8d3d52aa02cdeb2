/** Measures Sluice beside its peers; nothing depends on it. */
@NullMarked
@CheckReturnValue
package sluice.benchmarks;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
