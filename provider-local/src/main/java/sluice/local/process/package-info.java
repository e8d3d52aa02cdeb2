/**
 * Processes of this machine: how they are started, seen, limited, kept apart and ended. Linux; what is not there is said
 * so, not assumed. Start at {@link sluice.local.process.Sandbox} and {@link sluice.local.process.Launcher}.
 */
@NullMarked
@CheckReturnValue
package sluice.local.process;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
