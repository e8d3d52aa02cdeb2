/**
 * The words of Sluice and the ports between its rooms: functions, failures, settings, the snapshot of what exists.
 * Knows no socket. Start at {@link sluice.core.FunctionProvider} (control) and {@link sluice.core.DataPlane} (calls).
 */
@NullMarked
@CheckReturnValue
package sluice.core;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
