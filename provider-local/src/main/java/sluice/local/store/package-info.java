/**
 * What must survive a crash of this machine's gateway: functions, secrets and namespaces, one file each under the data
 * directory. Start at {@link sluice.local.store.RecordDirectory}.
 */
@NullMarked
@CheckReturnValue
package sluice.local.store;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
