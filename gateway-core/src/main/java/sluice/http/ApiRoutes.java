package sluice.http;

import static sluice.core.Action.CALL_CANCEL;
import static sluice.core.Action.CALL_GET;
import static sluice.core.Action.CALL_LIST;
import static sluice.core.Action.CALL_PAUSE;
import static sluice.core.Action.CALL_PURGE;
import static sluice.core.Action.CALL_REDRIVE;
import static sluice.core.Action.CONSOLE;
import static sluice.core.Action.FUNCTION_CREATE;
import static sluice.core.Action.FUNCTION_DELETE;
import static sluice.core.Action.FUNCTION_GET;
import static sluice.core.Action.FUNCTION_LIST;
import static sluice.core.Action.FUNCTION_LOGS;
import static sluice.core.Action.FUNCTION_SCALE;
import static sluice.core.Action.FUNCTION_UPDATE;
import static sluice.core.Action.NAMESPACE_CREATE;
import static sluice.core.Action.NAMESPACE_DELETE;
import static sluice.core.Action.NAMESPACE_GET;
import static sluice.core.Action.NAMESPACE_LIST;
import static sluice.core.Action.NAMESPACE_UPDATE;
import static sluice.core.Action.SECRET_CREATE;
import static sluice.core.Action.SECRET_DELETE;
import static sluice.core.Action.SECRET_LIST;
import static sluice.core.Action.SECRET_UPDATE;
import static sluice.core.Action.SYSTEM_INFO;
import static sluice.http.Access.anywhere;
import static sluice.http.Access.everywhere;
import static sluice.http.Access.inNamespace;
import static sluice.http.Access.onNamespace;
import static sluice.http.Access.open;
import static sluice.http.Route.act;
import static sluice.http.Route.delete;
import static sluice.http.Route.get;
import static sluice.http.Route.head;
import static sluice.http.Route.post;
import static sluice.http.Route.put;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import sluice.core.Action;

/** The control plane's API, one line a route: what is asked, what the caller must be permitted, who answers. */
final class ApiRoutes {
    private static final String UNREADABLE = "failed to unmarshal request";
    private static final String UNREADABLE_UPDATE = "unable to unmarshal request";
    private static final String UNREADABLE_SCALE = "Error unmarshalling request body";
    private static final String UNREADABLE_NAMESPACE = "error parsing request body";
    private static final String UNREADABLE_ALERT = "Unable to parse alert, bad format.";

    private ApiRoutes() {}

    static List<Route> of(
            FunctionsApi functions,
            @Nullable WatchApi watch,
            KubeApi kube,
            SecretsApi secrets,
            LogsApi logs,
            NamespacesApi namespaces,
            InfoApi info,
            AlertApi alerts,
            HealthApi health,
            SiteApi site,
            @Nullable CallsApi calls,
            List<Route> tokens) {
        List<Route> routes = new ArrayList<>(List.of(
                get(HealthApi.PATH, open(), health::check),
                head(HealthApi.PATH, open(), health::check),
                get("/", open(), site::home),
                get("/ui/{file}", everywhere(CONSOLE), site::console),
                get("/openapi.yaml", open(), site::description),
                get("/system/info", everywhere(SYSTEM_INFO), info::read),
                post("/system/alert", everywhere(FUNCTION_SCALE), UNREADABLE_ALERT, alerts::receive),
                get("/system/functions", inNamespace(FUNCTION_LIST), functions::list)
                        .watched(),
                post("/system/functions", inNamespace(FUNCTION_CREATE), UNREADABLE, functions::deploy),
                put(
                        "/system/functions",
                        inNamespace(FUNCTION_UPDATE).on(FunctionsApi::service),
                        UNREADABLE_UPDATE,
                        functions::update),
                delete(
                        "/system/functions",
                        inNamespace(FUNCTION_DELETE).on(call -> call.member("functionName")),
                        UNREADABLE,
                        functions::remove),
                get("/system/function/{name}", inNamespace(FUNCTION_GET).on(ApiCall::name), functions::describe),
                post(
                        "/system/scale-function/{name}",
                        inNamespace(FUNCTION_SCALE).on(ApiCall::name),
                        UNREADABLE_SCALE,
                        functions::scale),
                get(
                        "/system/logs",
                        inNamespace(FUNCTION_LOGS).on(call -> call.query().text("name")),
                        logs::read),
                get("/system/secrets", inNamespace(SECRET_LIST), secrets::list),
                post("/system/secrets", inNamespace(SECRET_CREATE), UNREADABLE, secrets::create),
                put(
                        "/system/secrets",
                        inNamespace(SECRET_UPDATE).on(call -> call.member("name")),
                        UNREADABLE,
                        secrets::update),
                delete(
                        "/system/secrets",
                        inNamespace(SECRET_DELETE).on(call -> call.member("name")),
                        UNREADABLE,
                        secrets::remove),
                get("/system/namespaces", anywhere(NAMESPACE_LIST), namespaces::list)));
        for (String each : List.of("/system/namespace", "/system/namespaces")) {
            routes.add(get(each + "/{name}", onNamespace(NAMESPACE_GET), namespaces::describe));
            routes.add(put(each + "/{name}", onNamespace(NAMESPACE_UPDATE), UNREADABLE_NAMESPACE, namespaces::update));
            routes.add(delete(each + "/{name}", onNamespace(NAMESPACE_DELETE), UNREADABLE_NAMESPACE, namespaces::remove)
                    .orNothing());
            for (String form : List.of(each, each + "/")) {
                routes.add(post(form, onNamespace(NAMESPACE_CREATE), UNREADABLE_NAMESPACE, namespaces::create));
            }
            // A name that is missing is told apart from a page that is missing.
            routes.add(get(each + "/", onNamespace(NAMESPACE_GET), namespaces::describe));
            routes.add(put(each + "/", onNamespace(NAMESPACE_UPDATE), UNREADABLE_NAMESPACE, namespaces::update));
            routes.add(delete(each + "/", onNamespace(NAMESPACE_DELETE), UNREADABLE_NAMESPACE, namespaces::remove)
                    .orNothing());
        }
        if (watch != null) {
            routes.addAll(kube(kube, watch));
        }
        if (calls != null) {
            routes.addAll(calls(calls));
        }
        routes.addAll(tokens);
        return List.copyOf(routes);
    }

    private static List<Route> kube(KubeApi kube, WatchApi watch) {
        String functions = "/apis/openfaas.com/v1/namespaces/{namespace}/functions";
        return List.of(
                get("/api", everywhere(CONSOLE), kube::versions),
                get("/apis", everywhere(CONSOLE), kube::groups),
                get("/apis/openfaas.com", everywhere(CONSOLE), kube::group),
                get("/apis/openfaas.com/v1", everywhere(CONSOLE), kube::resources),
                get("/oapi/v1", everywhere(CONSOLE), kube::oldResources),
                get("/version", everywhere(CONSOLE), kube::version),
                get("/apis/openfaas.com/v1/functions", anywhere(FUNCTION_LIST), watch::ofAll)
                        .watched(),
                get(functions, inNamespace(FUNCTION_LIST), watch::ofNamespace).watched(),
                get(functions + "/{name}", inNamespace(FUNCTION_GET).on(ApiCall::name), watch::one)
                        .watched());
    }

    private static List<Route> calls(CallsApi calls) {
        return List.of(
                get("/system/calls", where(CALL_LIST), calls::list),
                act("DELETE", "/system/calls", where(CALL_CANCEL), calls::cancel),
                act("POST", "/system/calls/redrive", where(CALL_REDRIVE), calls::redrive),
                act("POST", "/system/calls/purge", where(CALL_PURGE), calls::purge),
                act("POST", "/system/calls/pause", where(CALL_PAUSE), calls::pause),
                act("POST", "/system/calls/resume", where(CALL_PAUSE), calls::resume),
                get("/system/calls/paused", everywhere(CALL_LIST), calls::paused),
                get("/system/calls/{id}", where(CALL_GET), calls::describe));
    }

    /** The action, in the namespace that is asked about, or in all of them. */
    private static Access where(Action action) {
        return new Access(action, CallFilter::namespace);
    }
}
