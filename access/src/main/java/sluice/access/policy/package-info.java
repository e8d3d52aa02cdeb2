/** Who may do what: issuers, policies and roles, from wherever they are kept. Start at {@link AccessSet}. */
@NullMarked
@CheckReturnValue
package sluice.access.policy;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
