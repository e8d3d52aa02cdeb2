/** Certificates of the server, and how they are replaced while it runs. Start at {@link sluice.http.tls.Domains}. */
@NullMarked
@CheckReturnValue
package sluice.http.tls;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
