/** Who can be measured, and how each is set up: {@link sluice.benchmarks.peer.Peers} lists them. */
@NullMarked
@CheckReturnValue
package sluice.benchmarks.peer;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
