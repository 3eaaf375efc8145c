/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * program_optimize.c: fewer tests on every way through a decision program.
 *
 * Idea: while a packet goes from step to step, ever more is known about it. An
 * edge to a step whose answer is known already may as well lead to where that
 * answer leads, and so on, until a step that asks something new:
 *
 *     1  protocol is TCP?     yes->step 2  no->step 5
 *     2  port is 80?          yes->[0]     no->step 3
 *     3  protocol is TCP?     yes->step 4  no->step 5    (next pattern)
 *     4  port is 443?         ...
 *
 * here the "no" of step 2 leads to step 4 and step 3 is gone. What is known at
 * a step depends on the way to it, so each step has some views, one for each
 * group of ways: an edge is moved to where all views lead. Steps are
 * looked at in the order of the packet's way, so all views of a step are there
 * when its turn comes. Steps are never copied: the work is bounded by the
 * program's size.
 *
 * A view never says more than is true of all packets on its ways; when there
 * are too many views, two become one that knows what both know.
 *
 * What has become superfluous thereby program_merge.c takes away.
 *
 * Pure logic; no locks.
 */
#include <stdlib.h>
#include <string.h>
#include "lib/click/program.h"

#define VIEWS   8 /* of a step */
#define DENIALS 4 /* remembered of a word */

/* What is known of one word: some bits, and values it does not have. */
struct fact {
    uint16_t at;
    uint8_t place;
    uint8_t denials;
    uint32_t mask, value;
    struct {
        uint32_t mask, value;
    } denied[DENIALS]; /* the last ones */
};

struct view {
    int32_t least[3], most[3]; /* how many bytes of each header there are */
    unsigned int count;
    struct fact facts[];
};

struct views {
    struct view *view[VIEWS];
    unsigned int count;
};

enum answer { NO, YES, UNKNOWN };

struct optimizer {
    struct program_step *steps;
    unsigned int count;
    struct views *views; /* of each step; gone once it had its turn */
    unsigned int words;  /* no view has more facts than that */
    unsigned int limit;  /* of views of a step */
};

/* ---- What a view says -----------------------------------------------------
 */

static struct fact *fact_find(struct view *view,
                              const struct program_step *step)
{
    for (unsigned int i = 0; i < view->count; i++)
        if (view->facts[i].at == step->at &&
            view->facts[i].place == step->place)
            return &view->facts[i];
    return NULL;
}

/* If the word is there: is it step's value? */
static enum answer answer_present(const struct fact *fact,
                                  const struct program_step *step)
{
    uint32_t mask, value;

    if (!fact)
        return UNKNOWN;
    if ((fact->value ^ step->value) & fact->mask & step->mask)
        return NO;
    if (!(step->mask & ~fact->mask))
        return YES;
    mask = fact->mask | step->mask;
    value = fact->value | step->value;
    for (unsigned int i = 0; i < fact->denials; i++)
        if (!(fact->denied[i].mask & ~mask) &&
            !((fact->denied[i].value ^ value) & fact->denied[i].mask))
            return NO;
    return UNKNOWN;
}

static enum answer view_answer(struct view *view,
                               const struct program_step *step)
{
    int32_t need = step->at + step->bytes;
    enum answer answer;

    if (view->most[step->place] < need)
        return step->short_yes ? YES : NO;
    answer = answer_present(fact_find(view, step), step);
    if (answer != UNKNOWN && view->least[step->place] < need &&
        (answer == YES) != step->short_yes)
        return UNKNOWN; /* it may be short */
    return answer;
}

/* ---- Learning -------------------------------------------------------------
 */

static struct view *view_new(const struct optimizer *optimizer,
                             const struct view *like)
{
    struct view *view =
        malloc(sizeof(*view) + optimizer->words * sizeof(view->facts[0]));

    if (view && like)
        memcpy(view, like,
               sizeof(*view) + like->count * sizeof(view->facts[0]));
    return view;
}

static struct fact *fact_make(struct view *view,
                              const struct program_step *step)
{
    struct fact *fact = fact_find(view, step);

    if (fact)
        return fact;
    fact = &view->facts[view->count++];
    memset(fact, 0, sizeof(*fact));
    fact->at = step->at;
    fact->place = step->place;
    return fact;
}

static void view_learn_presence(struct view *view,
                                const struct program_step *step)
{
    int32_t need = step->at + step->bytes;

    if (view->least[step->place] < need)
        view->least[step->place] = need;
}

static void view_learn_yes(struct view *view, const struct program_step *step)
{
    struct fact *fact = fact_make(view, step);

    view_learn_presence(view, step);
    fact->mask |= step->mask;
    fact->value |= step->value;
}

static void view_learn_no(struct view *view, const struct program_step *step)
{
    struct fact *fact = fact_make(view, step);
    uint32_t left = step->mask & ~fact->mask;

    view_learn_presence(view, step);
    if (left && !(left & (left - 1)) &&
        !((fact->value ^ step->value) & fact->mask & step->mask)) {
        fact->mask |= left; /* one bit is left, and it is the other one */
        fact->value |= ~step->value & left;
        return;
    }
    if (fact->denials == DENIALS) {
        memmove(fact->denied, fact->denied + 1,
                sizeof(fact->denied) - sizeof(fact->denied[0]));
        fact->denials--;
    }
    fact->denied[fact->denials].mask = step->mask;
    fact->denied[fact->denials++].value = step->value;
}

/* ---- Views of ways that come together -------------------------------------
 */

static bool denies(const struct fact *fact, uint32_t mask, uint32_t value)
{
    struct program_step step = {.mask = mask, .value = value};

    return answer_present(fact, &step) == NO;
}

/* Let `view` know only what `other` knows too. */
static void view_forget(struct view *view, struct view *other)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < 3; i++) {
        if (view->least[i] > other->least[i])
            view->least[i] = other->least[i];
        if (view->most[i] < other->most[i])
            view->most[i] = other->most[i];
    }
    for (unsigned int i = 0; i < view->count; i++) {
        struct fact *fact = &view->facts[i];
        struct program_step step = {.at = fact->at, .place = fact->place};
        const struct fact *same = fact_find(other, &step);
        unsigned int denials = 0;

        if (!same)
            continue;
        for (unsigned int j = 0; j < fact->denials; j++)
            if (denies(same, fact->denied[j].mask, fact->denied[j].value))
                fact->denied[denials++] = fact->denied[j];
        fact->denials = (uint8_t)denials;
        fact->mask &= same->mask & ~(fact->value ^ same->value);
        fact->value &= fact->mask;
        if (fact->mask || fact->denials)
            view->facts[kept++] = *fact;
    }
    view->count = kept;
}

/* Is all that `view` says true of `other`, too? */
static bool view_covers(const struct view *view, struct view *other)
{
    for (unsigned int i = 0; i < 3; i++)
        if (view->least[i] > other->least[i] || view->most[i] < other->most[i])
            return false;
    for (unsigned int i = 0; i < view->count; i++) {
        const struct fact *fact = &view->facts[i];
        struct program_step step = {.at = fact->at, .place = fact->place};
        const struct fact *same = fact_find(other, &step);

        if (!same || (fact->mask & ~same->mask) ||
            ((fact->value ^ same->value) & fact->mask))
            return false;
        for (unsigned int j = 0; j < fact->denials; j++)
            if (!denies(same, fact->denied[j].mask, fact->denied[j].value))
                return false;
    }
    return true;
}

/* `view` (the callee's now) is one more; NULL: a way about which nothing is
 * known, for lack of memory. */
static void views_add(const struct optimizer *optimizer, struct views *views,
                      struct view *view)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < views->count; i++)
        if (view_covers(views->view[i], view)) {
            free(view);
            return;
        }
    for (unsigned int i = 0; i < views->count; i++) {
        if (view_covers(view, views->view[i]))
            free(views->view[i]);
        else
            views->view[kept++] = views->view[i];
    }
    views->count = kept;
    if (kept == optimizer->limit) {
        view_forget(view, views->view[kept - 1]);
        free(views->view[kept - 1]);
        views->count--;
        views_add(optimizer, views, view); /* one view less than before */
        return;
    }
    views->view[views->count++] = view;
}

static void views_free(struct views *views)
{
    for (unsigned int i = 0; i < views->count; i++)
        free(views->view[i]);
    views->count = 0;
}

/* The views behind the yes or the no of a step: a packet goes there for its
 * word, or because it is too short. False if memory is short. */
static bool views_behind(const struct optimizer *optimizer,
                         const struct views *views,
                         const struct program_step *step, bool yes,
                         struct views *behind)
{
    int32_t need = step->at + step->bytes;

    behind->count = 0;
    for (unsigned int i = 0; i < views->count; i++) {
        struct view *from = views->view[i], *view;
        enum answer present = answer_present(fact_find(from, step), step);

        if (from->most[step->place] >= need &&
            (present == UNKNOWN || (present == YES) == yes)) {
            view = view_new(optimizer, from);
            if (!view)
                return false;
            if (yes)
                view_learn_yes(view, step);
            else
                view_learn_no(view, step);
            views_add(optimizer, behind, view);
        }
        if (from->least[step->place] < need && step->short_yes == yes) {
            view = view_new(optimizer, from);
            if (!view)
                return false;
            if (view->most[step->place] >= need)
                view->most[step->place] = need - 1;
            views_add(optimizer, behind, view);
        }
    }
    return true;
}

/* ---- Moving edges ---------------------------------------------------------
 */

/* How far the ways that `views` are about lead on without a question, and stay
 * one way or come together again, from `target` on. The view that is furthest
 * behind goes on, until all are at one step. */
static uint32_t views_follow(struct optimizer *optimizer,
                             const struct views *views, uint32_t target)
{
    uint32_t at[VIEWS];

    for (unsigned int i = 0; i < views->count; i++)
        at[i] = target;
    for (;;) {
        const struct program_step *step;
        uint32_t first = 0; /* step, 0 for outputs */
        bool together = true;

        for (unsigned int i = 0; i < views->count; i++) {
            together &= at[i] == at[0];
            if (!(at[i] & PROGRAM_OUTPUT) && at[i] >= first)
                first = at[i] + 1;
        }
        if (together)
            target = at[0];
        if (first == 0)
            return target;
        step = &optimizer->steps[first - 1];
        for (unsigned int i = 0; i < views->count; i++)
            if (at[i] == first - 1) {
                enum answer answer = view_answer(views->view[i], step);

                if (answer == UNKNOWN)
                    return target;
                at[i] = answer == YES ? step->yes : step->no;
            }
    }
}

/* Move an edge on from `target`; the step where it ends gets the views. */
static uint32_t edge_move(struct optimizer *optimizer, struct views *views,
                          uint32_t target)
{
    target = views_follow(optimizer, views, target);
    if (target & PROGRAM_OUTPUT) {
        views_free(views);
        return target;
    }
    for (unsigned int i = 0; i < views->count; i++)
        views_add(optimizer, &optimizer->views[target], views->view[i]);
    views->count = 0;
    return target;
}

/* False if memory is short: views that are missing would be wrong ones. */
static bool edges_move(struct optimizer *optimizer, uint32_t at)
{
    struct program_step *step = &optimizer->steps[at];
    struct views *views = &optimizer->views[at], if_yes, if_no = {.count = 0};
    bool alright = views_behind(optimizer, views, step, true, &if_yes) &&
                   views_behind(optimizer, views, step, false, &if_no);

    views_free(views);
    if (!alright) {
        views_free(&if_yes);
        views_free(&if_no);
        return false;
    }
    if (if_yes.count > 0)
        step->yes = edge_move(optimizer, &if_yes, step->yes);
    if (if_no.count > 0)
        step->no = edge_move(optimizer, &if_no, step->no);
    else
        step->no = step->yes; /* nobody goes there */
    return true;
}

static uint32_t move_edges(struct optimizer *optimizer, uint32_t start)
{
    struct views first = {.count = 1};
    bool alright = true;

    first.view[0] = view_new(optimizer, NULL);
    if (!first.view[0])
        return start;
    memset(first.view[0], 0, sizeof(*first.view[0]));
    for (unsigned int i = 0; i < 3; i++)
        first.view[0]->most[i] = INT32_MAX;
    start = edge_move(optimizer, &first, start);
    for (uint32_t at = optimizer->count; alright && at-- > 0;)
        if (optimizer->views[at].count > 0)
            alright = edges_move(optimizer, at);
    for (uint32_t at = 0; at < optimizer->count; at++)
        views_free(&optimizer->views[at]);
    return start;
}

/* ---- All of it ------------------------------------------------------------
 */

/* No more than this many different words are kept facts of. */
static unsigned int count_words(const struct program_step *steps,
                                unsigned int count)
{
    bool seen[3 * 64] = {false};
    unsigned int words = 0;

    for (unsigned int i = 0; i < count; i++) {
        unsigned int word = steps[i].at / 4u;
        bool *slot = &seen[steps[i].place * 64u + (word < 64 ? word : 63)];

        if (word >= 63 || !*slot)
            words++;
        *slot = true;
    }
    return words;
}

uint32_t program_optimize(struct program_step *steps, unsigned int count,
                          uint32_t start)
{
    struct optimizer optimizer = {
        .steps = steps,
        .count = count,
        .words = count_words(steps, count),
        .limit = count > 1000  ? 2
                 : count > 200 ? 4
                               : VIEWS,
    };

    if (count == 0)
        return start;
    optimizer.views = calloc(count, sizeof(*optimizer.views));
    if (optimizer.views) {
        start = move_edges(&optimizer, start);
        free(optimizer.views);
    }
    return program_merge(steps, count, start);
}
