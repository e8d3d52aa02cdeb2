package sluice.http;

import java.util.HashMap;
import java.util.Map;

/**
 * A request that provokes one documented answer of the control plane, where there is a function {@code wc}, a secret
 * {@code key} and a namespace {@code staging}, and nothing called {@code made} or {@code nope}.
 */
record ApiAttempt(String target, String body, Map<String, String> headers) {
    private static final String TOO_LARGE = " ".repeat(1_048_577);
    private static final String MARKED = "\"labels\":{\"openfaas\":\"1\"}";

    private static final Map<String, ApiAttempt> SUCCEEDS = new HashMap<>();
    private static final Map<String, ApiAttempt> BREAKS_A_RULE = new HashMap<>();
    private static final Map<String, ApiAttempt> MISSES = new HashMap<>();
    private static final Map<String, ApiAttempt> COLLIDES = new HashMap<>();
    private static final Map<String, ApiAttempt> SPECIAL = new HashMap<>();

    static {
        functions();
        secrets();
        namespaces();
        gateway();
        calls();
        tokens();
        privateTokens();
    }

    private static void functions() {
        read("GET /system/functions", "/system/functions", "/system/functions?namespace=UPPER", "");
        write("POST /system/functions", "/system/functions", "{\"service\":\"made\",\"image\":\"i\"}", "");
        write(
                "PUT /system/functions",
                "/system/functions",
                "{\"service\":\"wc\",\"image\":\"i\"}",
                "{\"service\":\"nope\",\"image\":\"i\"}");
        write(
                "DELETE /system/functions",
                "/system/functions",
                "{\"functionName\":\"wc\"}",
                "{\"functionName\":\"nope\"}");
        read(
                "GET /system/function/{name}",
                "/system/function/wc?usage=1",
                "/system/function/wc?namespace=UPPER",
                "/system/function/nope");
        write("POST /system/scale-function/{name}", "/system/scale-function/wc", "{\"replicas\":0}", "");
        MISSES.put("POST /system/scale-function/{name}", of("/system/scale-function/nope", "{\"replicas\":1}"));
        read("GET /system/logs", "/system/logs?name=wc", "/system/logs", "/system/logs?name=nope");
    }

    private static void secrets() {
        String path = "/system/secrets";
        String nope = "{\"name\":\"nope\",\"value\":\"v\"}";
        String key = "{\"name\":\"key\",\"value\":\"v\"}";
        read("GET " + path, path, path + "?namespace=UPPER", "");
        write("POST " + path, path, "{\"name\":\"made\",\"value\":\"v\"}", "");
        COLLIDES.put("POST " + path, of(path, key));
        write("PUT " + path, path, key, nope);
        write("DELETE " + path, path, "{\"name\":\"key\"}", nope);
    }

    private static void namespaces() {
        read("GET /system/namespaces", "/system/namespaces", "", "");
        for (String path : new String[] {"/system/namespace", "/system/namespaces"}) {
            for (String create : new String[] {path, path + "/"}) {
                write("POST " + create, create, "{\"name\":\"made\"," + MARKED + "}", "");
                COLLIDES.put("POST " + create, of(create, "{\"name\":\"staging\"," + MARKED + "}"));
            }
            for (String method : new String[] {"GET", "PUT", "DELETE"}) {
                SUCCEEDS.put(method + " " + path + "/", of(path + "/", "{" + MARKED + "}"));
                BREAKS_A_RULE.put(method + " " + path + "/", of(path + "/", "{" + MARKED + "}"));
            }
            String one = path + "/{name}";
            read("GET " + one, path + "/staging", "", path + "/nope");
            write("PUT " + one, path + "/staging", "{" + MARKED + "}", "");
            MISSES.put("PUT " + one, of(path + "/nope", "{" + MARKED + "}"));
            write("DELETE " + one, path + "/staging", "{\"name\":\"staging\"}", "");
            MISSES.put("DELETE " + one, of(path + "/nope", "{}"));
        }
    }

    private static void tokens() {
        SUCCEEDS.put("POST /oauth/token", form("good"));
        BREAKS_A_RULE.put("POST /oauth/token", form("bad"));
        SUCCEEDS.put("POST /oauth/revoke", taking("token=good"));
        BREAKS_A_RULE.put("POST /oauth/revoke", taking("token_type_hint=access_token"));
        SPECIAL.put("413 POST /oauth/revoke", taking(TOO_LARGE));
        SPECIAL.put("429 POST /oauth/revoke", taking("token=often"));
        SPECIAL.put("503 POST /oauth/revoke", taking("token=down"));
        String revocations = "/system/revocations";
        write("POST " + revocations, revocations, "{\"kind\":\"sub\",\"subject\":\"alice\"}", "");
        read("GET " + revocations, revocations, revocations + "?page_size=0", "");
        String lift = "DELETE " + revocations + "/{id}";
        read(lift, revocations + "/" + SomeRevocations.OF_SUBJECT, "", revocations + "/nope");
        COLLIDES.put(lift, of(revocations + "/" + SomeRevocations.OF_TOKEN, ""));
        read("GET /.well-known/openid-configuration", "/.well-known/openid-configuration", "", "");
        read("GET /.well-known/jwks.json", "/.well-known/jwks.json", "", "");
    }

    private static void privateTokens() {
        String one = "function_id=wc.openfaas-fn";
        for (String path : new String[] {"/system/issue-jwt", "/issue-jwt", "/functions/v1beta1/regions/r/issue-jwt"}) {
            read(
                    "GET " + path.replace("/r/", "/{name}/"),
                    path + "?" + one,
                    path,
                    path + "?function_id=nope.openfaas-fn");
        }
        String tokens = "/system/tokens";
        write("POST " + tokens, tokens, "{\"namespace_id\":\"staging\"}", "{\"namespace_id\":\"nope\"}");
        read("GET " + tokens, tokens + "?" + one, tokens + "?page=0", "");
        read("DELETE " + tokens, tokens + "?" + one, tokens, tokens + "?namespace_id=nope");
        for (String method : new String[] {"GET ", "DELETE "}) {
            read(method + tokens + "/{id}", tokens + "/" + RunningGateway.TOKEN, "", tokens + "/nope");
        }
        String keys = "/system/token-keys";
        String staging = "?namespace_id=staging";
        read("GET " + keys, keys + staging, keys, "");
        read("POST " + keys, keys + staging, keys, keys + "?namespace_id=nope");
        COLLIDES.put("POST " + keys, of(keys + "?namespace_id=openfaas-fn", ""));
        read("DELETE " + keys + "/{name}", keys + "/k1" + staging, keys + "/k1", keys + "/nope" + staging);
    }

    private static ApiAttempt taking(String form) {
        return new ApiAttempt("/oauth/revoke", form, form("").headers());
    }

    private static ApiAttempt form(String subject) {
        return new ApiAttempt(
                "/oauth/token",
                "grant_type=exchange&subject_token=" + subject,
                Map.of("Content-Type", "application/x-www-form-urlencoded"));
    }

    private static void gateway() {
        read("GET /system/info", "/system/info", "", "");
        String alert = "{\"status\":\"firing\",\"labels\":{\"function_name\":\"wc\"}}";
        write("POST /system/alert", "/system/alert", "{\"alerts\":[" + alert + "]}", "");
        for (String path :
                new String[] {"/api", "/apis", "/apis/openfaas.com", "/apis/openfaas.com/v1", "/oapi/v1", "/version"}) {
            read("GET " + path, path, "", "");
        }
        String all = "/apis/openfaas.com/v1/functions";
        read("GET " + all, all, all + "?fieldSelector=spec.image%3Di", "");
        String namespaced = "/apis/openfaas.com/v1/namespaces/openfaas-fn/functions";
        String there = "GET /apis/openfaas.com/v1/namespaces/{namespace}/functions";
        read(there, namespaced, namespaced + "?resourceVersion=x", "");
        read(there + "/{name}", namespaced + "/wc", namespaced + "/wc?labelSelector=%3D", namespaced + "/nope");
        read("GET /healthz", "/healthz", "", "");
        read("HEAD /healthz", "/healthz", "", "");
        read("GET /openapi.yaml", "/openapi.yaml", "", "");
        read("GET /", "/", "", "");
        read("GET /ui/{file}", "/ui/", "", "/ui/nope");
    }

    private static void calls() {
        for (String method : new String[] {"POST", "PUT", "PATCH"}) {
            for (String path : new String[] {"", "/{path}"}) {
                String operation = method + " /async-function/{name}" + path;
                String rest = path.replace("{path}", "a%2Fb?c=d");
                ApiAttempt submit = of("/async-function/wc" + rest, "body");
                SUCCEEDS.put(operation, submit);
                BREAKS_A_RULE.put(operation, submit.with("X-Sluice-Delay", "soon"));
                MISSES.put(operation, of("/async-function/nope" + rest, ""));
                SPECIAL.put("422 " + operation, submit.with("Idempotency-Key", "used"));
                SPECIAL.put("508 " + operation, submit.with("X-Sluice-Hops", "16"));
            }
        }
        for (String method : new String[] {"GET", "HEAD"}) {
            String one = "/async-function/";
            String operation = method + " /async-function/{name}";
            read(operation, one + "open?all=1", one + "open?wait=soon", one + "nope");
            SPECIAL.put("410 " + operation, of(one + "gone", ""));
            String result = operation + "/result";
            read(result, one + "done/result", one + "done/result?wait=soon", one + "dead/result");
            SPECIAL.put("202 " + result, of(one + "open/result", ""));
            SPECIAL.put("206 " + result, of(one + "done/result", "").with("Range", "bytes=1-2"));
            SPECIAL.put("416 " + result, of(one + "done/result", "").with("Range", "bytes=99-"));
            SPECIAL.put("410 " + result, of(one + "gone/result", ""));
        }
        read("DELETE /async-function/{name}", "/async-function/open", "", "/async-function/nope");
        COLLIDES.put("DELETE /async-function/{name}", of("/async-function/done", ""));
        SPECIAL.put("410 DELETE /async-function/{name}", of("/async-function/gone", ""));
        String calls = "/system/calls";
        read("GET " + calls, calls, calls + "?state=lost", "");
        read("DELETE " + calls, calls + "?state=queued", calls, calls + "?id=nope");
        for (String what : new String[] {"redrive", "purge"}) {
            String path = calls + "/" + what;
            read("POST " + path, path + "?state=dead", path, path + "?id=nope");
        }
        for (String what : new String[] {"pause", "resume"}) {
            read("POST " + calls + "/" + what, calls + "/" + what + "?queue=slow", calls + "/" + what, "");
        }
        read("GET " + calls + "/paused", calls + "/paused", "", "");
        String zeros = "0".repeat(31);
        read("GET " + calls + "/{id}", calls + "/" + zeros + "2", "", calls + "/" + zeros + "9");
    }

    /** The request for {@code answer}; a documented answer that nobody knows how to provoke is an error. */
    static ApiAttempt at(OpenApi.Documented answer) {
        String operation = answer.method() + " " + answer.path();
        if (operation.equals("POST /oauth/token")) {
            return switch (answer.status()) {
                case 413 -> new ApiAttempt("/oauth/token", TOO_LARGE, form("").headers());
                case 429 -> form("often");
                case 503 -> form("down");
                default -> known(answer.status() == 200 ? SUCCEEDS : BREAKS_A_RULE, answer, operation);
            };
        }
        ApiAttempt special = SPECIAL.get(answer.status() + " " + operation);
        if (special != null) {
            return special;
        }
        return switch (answer.status()) {
            case 200, 201, 202, 204, 307, 500, 503 -> known(SUCCEEDS, answer, operation);
            case 400 -> known(BREAKS_A_RULE, answer, operation);
            case 401 -> known(SUCCEEDS, answer, operation).with("Authorization", "Bearer unknown");
            case 403 -> known(SUCCEEDS, answer, operation).with("Authorization", RunningGateway.NOBODY);
            case 404 -> known(MISSES, answer, operation);
            case 409 -> known(COLLIDES, answer, operation);
            case 413 -> of(known(SUCCEEDS, answer, operation).target(), TOO_LARGE);
            case 415 -> known(SUCCEEDS, answer, operation).with("Content-Encoding", "gzip");
            case 504 ->
                of(known(SUCCEEDS, answer, operation).target() + "?watch=true&resourceVersion=999999999999999", "");
            case 429 -> known(SUCCEEDS, answer, operation).with("Authorization", RunningGateway.GUESSER);
            default -> throw new AssertionError("nobody knows how to provoke " + answer);
        };
    }

    private static ApiAttempt known(Map<String, ApiAttempt> attempts, OpenApi.Documented answer, String operation) {
        ApiAttempt attempt = attempts.get(operation);
        if (attempt == null) {
            throw new AssertionError("nobody knows how to provoke " + answer);
        }
        return attempt;
    }

    private static void read(String operation, String succeeds, String breaksARule, String misses) {
        SUCCEEDS.put(operation, of(succeeds, ""));
        if (!breaksARule.isEmpty()) {
            BREAKS_A_RULE.put(operation, of(breaksARule, ""));
        }
        if (!misses.isEmpty()) {
            MISSES.put(operation, of(misses, ""));
        }
    }

    private static void write(String operation, String target, String succeeds, String misses) {
        SUCCEEDS.put(operation, of(target, succeeds));
        BREAKS_A_RULE.put(operation, of(target, "{"));
        if (!misses.isEmpty()) {
            MISSES.put(operation, of(target, misses));
        }
    }

    private static ApiAttempt of(String target, String body) {
        return new ApiAttempt(target, body, Map.of("Authorization", RunningGateway.ADMIN));
    }

    private ApiAttempt with(String name, String value) {
        Map<String, String> changed = new HashMap<>(headers);
        changed.put(name, value);
        return new ApiAttempt(target, body, changed);
    }
}
