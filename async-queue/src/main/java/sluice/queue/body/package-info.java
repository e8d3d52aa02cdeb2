/**
 * Bodies of requests and answers on their way to and from the disk, with flat memory. Start at
 * {@link sluice.queue.body.Bodies}. Small ones end in the record itself, middling ones in shared files that are synced
 * once per batch, large ones in a file of their own that is synced before anybody waits for the batch.
 */
@NullMarked
@CheckReturnValue
package sluice.queue.body;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
