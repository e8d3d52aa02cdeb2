package sluice.gateway;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.AndFullName.Predicates.fullNameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The house has walls: each rule says why it is there. */
@AnalyzeClasses(
        packages = "sluice",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.NoTestJars.class})
final class ArchitectureTest {
    @ArchTest
    static final ArchRule theCoreKnowsNoSocket = noClasses()
            .that()
            .resideInAPackage("sluice.core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("sluice.http..", "reactor.netty..", "io.fabric8..", "io.nats..", "io.jsonwebtoken..")
            .because("ports that name a server or a client could not be kept by another one");

    @ArchTest
    static final ArchRule theServerKnowsTheCoreOnly = only("sluice.http..");

    @ArchTest
    static final ArchRule theHotPathKnowsTheCoreOnly = only("sluice.invoker..");

    @ArchTest
    static final ArchRule accessKnowsTheCoreOnly = only("sluice.access..");

    @ArchTest
    static final ArchRule asynchronousCallsKnowTheCoreOnly = only("sluice.queue..");

    @ArchTest
    static final ArchRule theFleetOverNatsKnowsTheCoreOnly = only("sluice.fleet..");

    @ArchTest
    static final ArchRule theLocalProviderKnowsTheCoreOnly = only("sluice.local..");

    @ArchTest
    static final ArchRule theClusterProviderKnowsTheCoreOnly = only("sluice.kube..");

    @ArchTest
    static final ArchRule onlyTheClusterProviderSpeaksKubernetes = noClasses()
            .that()
            .resideOutsideOfPackage("sluice.kube..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.fabric8..")
            .because("what the API of a cluster looks like is for one room to know");

    @ArchTest
    static final ArchRule nobodyUsesTheAssembly = noClasses()
            .that(resideInAPackage("sluice..").and(not(resideInAnyPackage("sluice.gateway..", "sluice.benchmarks.."))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("sluice.gateway..")
            .because("the assembly knows everyone; whoever knew it would know everyone too");

    @ArchTest
    static final ArchRule nothingGoesInCircles = slices().matching("sluice.(*)..")
            .should()
            .beFreeOfCycles()
            .because("what goes in circles can only be understood, changed and tested as one piece");

    @ArchTest
    static final ArchRule nobodyWaitsForAPublisher = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(Gateway.class.getName())
            .should()
            .callMethodWhere(JavaCall.Predicates.target(
                    fullNameMatching("reactor\\.core\\.publisher\\.(Mono|Flux)\\.(block|toIterable|toStream).*")))
            .because("a thread that waits for an event loop may be that event loop; only the assembly,"
                    + " on the main thread, waits for the start and the end");

    @ArchTest
    static final ArchRule noSharedMutableState = fields().that()
            .areStatic()
            .and()
            .doNotHaveModifier(JavaModifier.SYNTHETIC)
            .should()
            .beFinal()
            .because("a gateway is wired by constructors; two of them in one process share nothing");

    @ArchTest
    static final ArchRule namesSayWhatThingsAre = noClasses()
            .should()
            .haveSimpleNameEndingWith("Util")
            .orShould()
            .haveSimpleNameEndingWith("Utils")
            .orShould()
            .haveSimpleNameEndingWith("Helper")
            .orShould()
            .haveSimpleNameEndingWith("Manager")
            .orShould()
            .haveSimpleNameEndingWith("Impl")
            .because("such a name fits everything and so says nothing");

    @ArchTest
    static final ArchRule onlyMainSpeaksToTheTerminal = noClasses()
            .that()
            .doNotHaveFullyQualifiedName(Main.class.getName())
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .callMethod(Throwable.class, "printStackTrace")
            .because("whoever runs a gateway reads its log; the terminal belongs to the command line");

    /** Tests of another module come as directories in one kind of build and as a jar in the other. */
    static final class NoTestJars implements ImportOption {
        @Override
        public boolean includes(Location location) {
            return !location.contains("-tests.jar");
        }
    }

    private static ArchRule only(String room) {
        return noClasses()
                .that()
                .resideInAPackage(room)
                .should()
                .dependOnClassesThat(resideInAPackage("sluice..").and(not(resideInAnyPackage(room, "sluice.core.."))))
                .because("a room reaches another one through a port of the core, so that either can be replaced");
    }
}
