/**
 * Makes load and answers it: the generator (start at {@link sluice.benchmarks.load.LoadDriver}) and the upstream that
 * every proxy under measurement forwards to. Plain NIO and bytes, so that both cost less than what they measure.
 */
@NullMarked
@CheckReturnValue
package sluice.benchmarks.load;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
