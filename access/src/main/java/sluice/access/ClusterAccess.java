package sluice.access;

import java.util.List;
import reactor.core.publisher.Mono;
import sluice.core.AccessObjects;
import sluice.core.ClusterIdentity;

/**
 * What a cluster has to say to access control.
 *
 * @param identity whose tokens are, and what users may
 * @param objects JwtIssuers, Policies and Roles that are kept there
 * @param namespaces of functions, now
 */
public record ClusterAccess(ClusterIdentity identity, AccessObjects objects, Mono<List<String>> namespaces) {}
