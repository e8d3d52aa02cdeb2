/** Functions as processes of this machine. */
@NullMarked
@CheckReturnValue
package sluice.local;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
