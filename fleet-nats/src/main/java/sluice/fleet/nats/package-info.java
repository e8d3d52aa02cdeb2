/**
 * The fleet over a NATS server with JetStream. Start at {@link sluice.fleet.nats.NatsLink}, the one connection, and
 * {@link sluice.fleet.nats.NatsFleet}. The client library blocks in places: everything of it runs on threads named
 * {@code fleet-nats-…}, never on an event loop.
 */
@NullMarked
@CheckReturnValue
package sluice.fleet.nats;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
