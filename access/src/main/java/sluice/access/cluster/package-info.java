/**
 * Callers whom a Kubernetes cluster vouches for: whose a token is, and what somebody may there. Start at
 * {@link sluice.access.cluster.ClusterTokens} and {@link sluice.access.cluster.AccessReviews}.
 */
@NullMarked
@CheckReturnValue
package sluice.access.cluster;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
