/**
 * Tells receivers how calls ended. Start at {@link sluice.queue.callback.Callbacks}, which takes what is due from the
 * journal; {@link sluice.queue.callback.CallbackSender} makes one attempt.
 *
 * <p>A callback's URL comes from whoever submitted the call, so this is the one place where Sluice dials an address that
 * a stranger named. {@link sluice.core.calls.CallbackPolicy} decides, about every address a name leads to, at the moment
 * it is dialled ({@link sluice.queue.callback.CheckedResolver}); redirects are not followed. A URL of this gateway is
 * not dialled at all: its function is called, or the call is queued, from inside.
 *
 * <p>Delivery is at least once: a crash between the receiver's answer and the record of it repeats the callback, under
 * the same {@code webhook-id}.
 */
@NullMarked
@CheckReturnValue
package sluice.queue.callback;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
