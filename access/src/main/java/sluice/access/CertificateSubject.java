package sluice.access;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.naming.InvalidNameException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;
import sluice.core.ClusterIdentity.ClusterUser;

/**
 * Who a client certificate is about, as Kubernetes reads it: the common name is the user, each organization a group.
 *
 * @param names every common name; exactly one makes a user
 * @param groups every organization
 * @param authority the common name of who signed it
 */
record CertificateSubject(List<String> names, List<String> groups, String authority) {
    private static final String SYSTEM = "system:";
    private static final String AUTHENTICATED = "system:authenticated";

    static CertificateSubject of(X509Certificate certificate) {
        X500Principal issuer = certificate.getIssuerX500Principal();
        List<String> authority = values(issuer, "CN");
        return new CertificateSubject(
                values(certificate.getSubjectX500Principal(), "CN"),
                values(certificate.getSubjectX500Principal(), "O"),
                authority.size() == 1 ? authority.get(0) : issuer.getName());
    }

    /** Whether it says who somebody is. */
    boolean isSomebody() {
        return names.size() == 1 && !names.get(0).isBlank();
    }

    /** Whether it claims to be of the cluster itself, such as {@code O=system:masters}. */
    boolean isOfSystem() {
        return names.stream().anyMatch(CertificateSubject::isReserved)
                || groups.stream().anyMatch(CertificateSubject::isReserved);
    }

    ClusterUser user() {
        List<String> all = new ArrayList<>(groups);
        all.add(AUTHENTICATED);
        return new ClusterUser(names.get(0), "", all, java.util.Map.of());
    }

    private static boolean isReserved(String name) {
        return name.strip().toLowerCase(Locale.ROOT).startsWith(SYSTEM);
    }

    /** All values of one kind of attribute, also of names with several in one part. */
    private static List<String> values(X500Principal name, String type) {
        List<String> values = new ArrayList<>();
        try {
            for (Rdn part : new LdapName(name.getName(X500Principal.RFC2253)).getRdns()) {
                Attribute attribute = part.toAttributes().get(type);
                if (attribute != null) {
                    NamingEnumeration<?> all = attribute.getAll();
                    while (all.hasMore()) {
                        values.add(all.next() instanceof String text ? text : ""); // bytes are no name of anybody
                    }
                }
            }
        } catch (InvalidNameException e) {
            return List.of();
        } catch (NamingException e) {
            return List.of();
        }
        return values;
    }
}
