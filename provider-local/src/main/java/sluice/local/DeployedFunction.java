package sluice.local;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sluice.core.Endpoint;
import sluice.core.FunctionName;
import sluice.core.FunctionStatus;
import sluice.core.RouteChange;
import sluice.core.Secret;
import sluice.local.logs.FunctionLog;
import sluice.local.process.SecretFolder;
import sluice.local.store.StoredFunction;

/** A function with its replicas, on their way from what is to what is wanted. Control thread only. */
final class DeployedFunction {
    private static final Logger log = LoggerFactory.getLogger(DeployedFunction.class);

    private final ReplicaMaker maker;
    private final FunctionLog lines;
    private final Duration drainGrace;
    private final List<Member> members = new ArrayList<>();
    private StoredFunction stored;
    private @Nullable Version version;
    private int desired;
    private boolean isRemoved;

    DeployedFunction(StoredFunction stored, FunctionLog lines, Duration drainGrace, ReplicaMaker maker) {
        this.stored = stored;
        this.lines = lines;
        this.drainGrace = drainGrace;
        this.maker = maker;
    }

    /** What replicas of one deployment share. */
    record Version(RunSpec spec, SecretFolder secrets) {}

    /** Makes a replica that has not started. */
    interface ReplicaMaker {
        Replica make(DeployedFunction function, Version version);
    }

    private record Member(Replica replica, Version version) {
        boolean isDraining() {
            return replica.state() == Endpoint.State.DRAINING;
        }
    }

    FunctionName name() {
        return stored.name();
    }

    StoredFunction stored() {
        return stored;
    }

    FunctionLog log() {
        return lines;
    }

    /** The version that is wanted, or null when what is stored cannot run here. */
    @Nullable Version version() {
        return version;
    }

    /** From now on this is wanted. */
    void want(StoredFunction next, @Nullable Version nextVersion) {
        Version before = version;
        stored = next;
        desired = next.replicas();
        version = nextVersion;
        if (before != null && !before.equals(nextVersion)) {
            deleteIfUnused(before);
        }
        converge();
    }

    /** The function is gone; its replicas finish their calls. */
    void remove() {
        isRemoved = true;
        desired = 0;
        converge();
        lines.close();
        if (version != null) {
            deleteIfUnused(version);
        }
    }

    /** A replica has changed. */
    void converge() {
        Rollout step = nextStep();
        while (!step.isNothing()) {
            for (int i = 0; i < step.start(); i++) {
                startOne();
            }
            step.drain().forEach(replica -> replica.drain(drainGrace));
            step = nextStep();
        }
    }

    /** A replica has ended. */
    void gone(Replica replica) {
        lines.forget(replica.id());
        members.stream().filter(member -> member.replica == replica).findFirst().ifPresent(member -> {
            members.remove(member);
            deleteIfUnused(member.version);
        });
        converge();
    }

    /** Shows a secret's new value to all replicas that see it. */
    void secretChanged(Secret secret) throws IOException {
        Set<Version> versions = new HashSet<>();
        members.forEach(member -> versions.add(member.version));
        if (version != null) {
            versions.add(version);
        }
        for (Version each : versions) {
            if (each.spec.secrets().contains(secret.id().name())) {
                each.secrets.put(secret);
            }
        }
    }

    FunctionStatus status() {
        int available = (int) members.stream()
                .filter(member -> member.replica.state() == Endpoint.State.READY)
                .count();
        return new FunctionStatus(stored.deployment(), desired, available, stored.createdAt(), null);
    }

    RouteChange.Changed route() {
        List<Endpoint> endpoints = members.stream()
                .map(member -> member.replica.endpoint())
                .filter(Objects::nonNull)
                .toList();
        return new RouteChange.Changed(status(), endpoints);
    }

    /** Sessions of all processes of this function. */
    Set<Long> sessions() {
        Set<Long> sessions = new HashSet<>();
        members.forEach(member -> sessions.addAll(member.replica.sessions()));
        return sessions;
    }

    /** Ends all replicas without waiting for calls. */
    void stop() {
        desired = 0;
        members.forEach(member -> member.replica.stop());
    }

    private Rollout nextStep() {
        Version wanted = version;
        List<Replica> current = new ArrayList<>();
        List<Replica> outdated = new ArrayList<>();
        for (Member member : members) {
            if (!member.isDraining()) {
                (member.version.equals(wanted) ? current : outdated).add(member.replica);
            }
        }
        boolean isLeaving = members.size() > current.size() + outdated.size();
        boolean isSharing = wanted == null || wanted.spec.fixedPort() == 0;
        return Rollout.next(wanted == null ? 0 : desired, current, outdated, isSharing, isLeaving);
    }

    private void startOne() {
        Version wanted = Objects.requireNonNull(version);
        Replica replica = maker.make(this, wanted);
        members.add(new Member(replica, wanted));
        replica.start();
    }

    private void deleteIfUnused(Version old) {
        boolean isUsed =
                (old.equals(version) && !isRemoved) || members.stream().anyMatch(member -> member.version.equals(old));
        if (!isUsed) {
            try {
                old.secrets.delete();
            } catch (IOException e) {
                log.warn("secrets of {} stay behind: {}", name(), e.toString());
            }
        }
    }
}
