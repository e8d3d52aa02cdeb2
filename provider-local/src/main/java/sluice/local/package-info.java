/**
 * Functions as processes of this machine, for when there is no cluster. Start at {@link sluice.local.LocalProvider};
 * {@link sluice.local.ClassicReplica} and {@link sluice.local.HttpReplica} are the two kinds of replica.
 */
@NullMarked
@CheckReturnValue
package sluice.local;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
