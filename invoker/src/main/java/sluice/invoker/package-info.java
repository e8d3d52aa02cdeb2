/**
 * The hot path: one call from a client's bytes to a replica's and back. Read {@link sluice.invoker.Exchange} first: it is
 * the walk; {@link sluice.invoker.ClientConnection} and {@code ClientStream} are its two doors,
 * {@link sluice.invoker.UpstreamConnection} its far side, {@link sluice.invoker.Route} where calls wait for a slot.
 */
@NullMarked
@CheckReturnValue
package sluice.invoker;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
