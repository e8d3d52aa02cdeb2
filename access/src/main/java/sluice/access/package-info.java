/** Who is calling and may they. */
@NullMarked
@CheckReturnValue
package sluice.access;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
