/**
 * What does not count any more: tokens of the gateway and of issuers, subjects, certificates. Start at {@link
 * sluice.access.revocation.DenyList}.
 */
@NullMarked
@CheckReturnValue
package sluice.access.revocation;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
