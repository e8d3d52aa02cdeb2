/**
 * Functions as pods of a Kubernetes cluster. Start at {@link sluice.kube.KubeProvider}; what is written to the cluster is
 * decided in {@link sluice.kube.FunctionObjects}, what is read from it in {@link sluice.kube.Snapshot}.
 */
@NullMarked
@CheckReturnValue
package sluice.kube;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
