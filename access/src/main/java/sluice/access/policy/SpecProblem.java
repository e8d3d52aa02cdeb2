package sluice.access.policy;

/** What is wrong with an access object, and where. */
final class SpecProblem extends Exception {
    private static final long serialVersionUID = 1;

    SpecProblem(String path, String rule) {
        super(path + " " + rule, null, false, false);
    }
}
