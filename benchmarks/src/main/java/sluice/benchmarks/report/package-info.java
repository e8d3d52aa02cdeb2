/** From samples to a report: medians, quartiles, ratios; Markdown, JSON and a chart. */
@NullMarked
@CheckReturnValue
package sluice.benchmarks.report;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
