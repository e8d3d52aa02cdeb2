/**
 * Words and ports of asynchronous calls: what is submitted, what is kept about it, who keeps it, who runs it. Start at
 * {@link sluice.core.calls.CallJournal}.
 */
@NullMarked
@CheckReturnValue
package sluice.core.calls;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
