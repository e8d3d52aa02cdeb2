/**
 * Decides which call runs next, and runs it. Start at {@link sluice.queue.schedule.Dispatcher}. All state is confined to
 * one thread; what it waits for (slots, the ledger, answers) comes back to it as tasks.
 */
@NullMarked
@CheckReturnValue
package sluice.queue.schedule;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
