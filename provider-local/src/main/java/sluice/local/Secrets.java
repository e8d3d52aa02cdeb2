package sluice.local;

import java.io.IOException;
import java.util.List;
import sluice.core.Component;
import sluice.core.Failure;
import sluice.core.Secret;
import sluice.local.store.SecretStore;

/** The secrets of this machine. Control thread only; blocks. */
final class Secrets {
    private final SecretStore store;
    private final Deployments deployments;

    Secrets(SecretStore store, Deployments deployments) {
        this.store = store;
        this.deployments = deployments;
    }

    List<Secret.Id> list(String namespace) throws IOException {
        return store.list(namespace);
    }

    void create(Secret secret) throws IOException {
        if (store.contains(secret.id())) {
            throw Failure.CONFLICT.in(
                    Component.PROVIDER, "secret " + secret.id().name() + " already exists");
        }
        store.write(secret);
    }

    void update(Secret secret) throws IOException {
        requireExisting(secret.id());
        store.write(secret);
        deployments.secretChanged(secret);
    }

    void remove(Secret.Id id) throws IOException {
        requireExisting(id);
        store.delete(id);
    }

    void removeAll(String namespace) throws IOException {
        for (Secret.Id id : store.list(namespace)) {
            store.delete(id);
        }
    }

    private void requireExisting(Secret.Id id) throws IOException {
        if (!store.contains(id)) {
            throw Failure.NOT_FOUND.in(Component.PROVIDER, "secret " + id.name() + " not found");
        }
    }
}
