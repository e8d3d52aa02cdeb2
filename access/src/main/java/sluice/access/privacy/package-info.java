/**
 * Tokens of private functions: a key pair for each namespace, what was given out, what does not count any more. Start at
 * {@link sluice.access.privacy.TokenBook}.
 */
@NullMarked
@CheckReturnValue
package sluice.access.privacy;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
