/** Signed tokens: how they are read, whose keys check them, why they are refused. Start at {@link IssuerKeys}. */
@NullMarked
@CheckReturnValue
package sluice.access.token;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
