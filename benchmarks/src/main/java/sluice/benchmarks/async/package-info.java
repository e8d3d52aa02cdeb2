/**
 * Measures asynchronous calls with the gateway as it is shipped: {@link sluice.benchmarks.async.LedgerRun} kills it and
 * counts, {@link sluice.benchmarks.async.AsyncRun} times it.
 */
@NullMarked
@CheckReturnValue
package sluice.benchmarks.async;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
