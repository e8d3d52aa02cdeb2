/** The hot path: one call from a client's bytes to a replica's and back. */
@NullMarked
@CheckReturnValue
package sluice.invoker;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
