package sluice.kube;

import java.util.Optional;
import sluice.core.FunctionName;
import sluice.core.Settings;

/**
 * Settings for FunctionIngresses (openfaas.com/v1).
 *
 * @param isOn whether they are followed
 * @param namespace in which they are
 * @param defaultType what one without an {@code ingressType} is taken for
 * @param parent the Gateway (gateway.networking.k8s.io) of an HTTPRoute: NAME, or NAMESPACE/NAME; empty when there is none
 * @param most mappings of the gateway; further ones are refused
 */
record IngressConfig(boolean isOn, String namespace, String defaultType, String parent, int most) {
    static IngressConfig from(Settings settings, String profilesNamespace) {
        boolean isOn = settings.flag(
                "SLUICE_KUBE_INGRESSES",
                false,
                "follow FunctionIngresses (openfaas.com/v1): take their hosts and paths for calls, and make what they ask for");
        String namespace = settings.text(
                "ingress_namespace", "", "namespace in which FunctionIngresses are; default profiles_namespace");
        return new IngressConfig(
                isOn,
                namespace.isEmpty() ? profilesNamespace : namespace,
                settings.text(
                        "SLUICE_KUBE_INGRESS_TYPE",
                        IngressType.NGINX,
                        "what a FunctionIngress without ingressType is taken for: gateway, httproute, openshift, or a class of"
                                + " Ingress"),
                settings.parsed(
                        "SLUICE_KUBE_HTTP_GATEWAY",
                        "NAME or NAMESPACE/NAME",
                        "",
                        "the Gateway (gateway.networking.k8s.io) that HTTPRoutes of FunctionIngresses are for",
                        text -> Optional.of(text).filter(IngressConfig::isParent)),
                settings.integer(
                        "SLUICE_KUBE_MAX_HOST_ROUTES",
                        10_000,
                        0,
                        1_000_000,
                        "hosts with paths that FunctionIngresses may map; further ones are refused in their status"));
    }

    private static boolean isParent(String text) {
        int slash = text.indexOf('/');
        return text.isEmpty()
                || (FunctionName.isLabel(text.substring(slash + 1))
                        && (slash < 0 || FunctionName.isLabel(text.substring(0, slash))));
    }
}
