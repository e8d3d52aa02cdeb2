/** The server, the API table of the control plane, and how failures become answers. Start at {@code ApiRoutes}. */
@NullMarked
@CheckReturnValue
package sluice.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
