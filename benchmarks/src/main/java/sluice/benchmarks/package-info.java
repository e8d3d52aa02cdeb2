/**
 * Measures Sluice beside its peers; nothing depends on it. Start at {@link sluice.benchmarks.Bench}; how to read the
 * numbers is in the module's README.
 */
@NullMarked
@CheckReturnValue
package sluice.benchmarks;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
