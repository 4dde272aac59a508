package org.directpred.train;

/**
 * A field of a run's recipe that was changed on its way, by {@link RunOptions#resumingAs}.
 *
 * @param step the first step by the new value
 * @param field which; of a field that prints its parts, the part, for instance {@code
 *     views.first.operations.2.probability}
 * @param before what it was
 * @param after what it is since
 */
public record RecipeChange(long step, String field, String before, String after) {}
