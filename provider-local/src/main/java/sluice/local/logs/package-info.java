/** What replicas have written, kept in memory for a while. Start at {@link sluice.local.logs.FunctionLog}. */
@NullMarked
@CheckReturnValue
package sluice.local.logs;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
