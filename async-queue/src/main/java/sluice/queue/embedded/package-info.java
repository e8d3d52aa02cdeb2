/**
 * The embedded journal: everything in one directory of this machine. Start at
 * {@link sluice.queue.embedded.EmbeddedJournal}.
 */
@NullMarked
@CheckReturnValue
package sluice.queue.embedded;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
