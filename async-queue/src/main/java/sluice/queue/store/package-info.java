/**
 * An SQLite file of calls with one writer thread and a few readers. Start at {@link sluice.queue.store.CallStore}; what
 * is in the file is in {@link sluice.queue.store.Schema}. Journals share it: for one it is the truth, synced before a
 * write completes, for another a view that may be thrown away.
 */
@NullMarked
@CheckReturnValue
package sluice.queue.store;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
