package sluice.http;

import static sluice.core.Action.TOKEN_CREATE;
import static sluice.core.Action.TOKEN_DELETE;
import static sluice.core.Action.TOKEN_LIST;
import static sluice.http.Access.everywhere;
import static sluice.http.Access.open;
import static sluice.http.Route.act;
import static sluice.http.Route.form;
import static sluice.http.Route.get;
import static sluice.http.Route.post;

import java.util.ArrayList;
import java.util.List;
import sluice.core.FunctionProvider;
import sluice.core.Functions;
import sluice.core.PrivateTokens;
import sluice.core.Revocations;
import sluice.core.TokenDesk;
import sluice.core.TokenDesks;

/** The part of the API table where tokens are given out and taken back. */
final class TokenRoutes {
    private static final String UNREADABLE = "failed to unmarshal request";

    private TokenRoutes() {}

    static List<Route> of(TokenDesks desks, Functions functions, FunctionProvider provider) {
        List<Route> routes = new ArrayList<>();
        TokenDesk desk = desks.desk();
        Revocations revocations = desks.revocations();
        PrivateTokens privateTokens = desks.privateTokens();
        if (desk != null) {
            OAuthApi oauth = new OAuthApi(desk, revocations);
            routes.add(form("/oauth/token", open(), oauth::exchange));
            routes.add(get("/.well-known/openid-configuration", open(), oauth::discovery));
            routes.add(get("/.well-known/jwks.json", open(), oauth::keys));
        }
        if (revocations != null) {
            routes.addAll(of(new RevocationsApi(revocations)));
        }
        if (privateTokens != null) {
            routes.addAll(of(new TokensApi(privateTokens, functions, provider)));
        }
        return routes;
    }

    private static List<Route> of(RevocationsApi revocations) {
        return List.of(
                form("/oauth/revoke", open(), revocations::revoke),
                post("/system/revocations", everywhere(TOKEN_DELETE), UNREADABLE, revocations::add),
                get("/system/revocations", everywhere(TOKEN_LIST), revocations::list),
                act("DELETE", "/system/revocations/{id}", everywhere(TOKEN_DELETE), revocations::lift));
    }

    private static List<Route> of(TokensApi tokens) {
        List<Route> routes = new ArrayList<>();
        for (String path : List.of("/system/issue-jwt", "/issue-jwt", "/functions/v1beta1/regions/{name}/issue-jwt")) {
            routes.add(get(path, TokensApi.where(TOKEN_CREATE), tokens::issue).withAuthToken());
        }
        routes.add(post("/system/tokens", TokensApi.where(TOKEN_CREATE), UNREADABLE, tokens::create));
        routes.add(get("/system/tokens", TokensApi.whereOrEverywhere(TOKEN_LIST), tokens::list));
        routes.add(act("DELETE", "/system/tokens", TokensApi.where(TOKEN_DELETE), tokens::revokeAll));
        routes.add(get("/system/tokens/{id}", tokens.whereItIs(TOKEN_LIST), tokens::describe));
        routes.add(act("DELETE", "/system/tokens/{id}", tokens.whereItIs(TOKEN_DELETE), tokens::revoke));
        routes.add(get("/system/token-keys", TokensApi.where(TOKEN_LIST), tokens::keys));
        routes.add(act("POST", "/system/token-keys", TokensApi.where(TOKEN_CREATE), tokens::rotate));
        routes.add(act("DELETE", "/system/token-keys/{name}", TokensApi.where(TOKEN_DELETE), tokens::removeKey));
        return routes;
    }
}
