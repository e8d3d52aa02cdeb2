/** What exists and what happens to it, in versions that a reader can go on from. Start at {@link sluice.core.watch.FunctionWatch}. */
@NullMarked
@CheckReturnValue
package sluice.core.watch;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
