/**
 * What the processes of one Sluice know of each other: who is there, who owns what, what is said to all. Start at
 * {@link sluice.core.fleet.Fleet}.
 */
@NullMarked
@CheckReturnValue
package sluice.core.fleet;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
