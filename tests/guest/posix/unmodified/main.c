/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unmodified: a program as anyone might write it for Linux. It names its own
 * functions as the kernel names some of its own, keeps data per thread in three
 * ways, and includes only what POSIX says. Words are counted by several threads
 * with a thread pool.
 */
#include <ctype.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS 3
#define JOBS    60

struct list {
    struct list *next;
    const char *text;
};

static const char *const lines[] = {
    "the boat that one person carries",
    "a round boat of willow and hide",
    "one oar, one person, one river",
};

/* These are functions of the kernel too. */
int mutex_lock(pthread_mutex_t *mutex);
void list_add(struct list *node);
void panic(const char *message);

static struct list *jobs;
static pthread_mutex_t jobs_lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t jobs_ready;
static int words;
static _Thread_local int own_words;
static pthread_key_t buffer_key;

int mutex_lock(pthread_mutex_t *mutex)
{
    return pthread_mutex_lock(mutex);
}

void panic(const char *message)
{
    fprintf(stderr, "%s\n", message);
    exit(1);
}

void list_add(struct list *node)
{
    mutex_lock(&jobs_lock);
    node->next = jobs;
    jobs = node;
    pthread_mutex_unlock(&jobs_lock);
    sem_post(&jobs_ready);
}

static struct list *take(void)
{
    struct list *node;

    sem_wait(&jobs_ready);
    mutex_lock(&jobs_lock);
    node = jobs;
    jobs = node->next;
    pthread_mutex_unlock(&jobs_lock);
    return node;
}

static void count(const char *text)
{
    char *buffer = pthread_getspecific(buffer_key);
    char *rest;

    if (buffer == NULL) {
        buffer = malloc(100);
        pthread_setspecific(buffer_key, buffer);
    }
    strcpy(buffer, text);
    for (char *word = strtok_r(buffer, " ,", &rest); word != NULL;
         word = strtok_r(NULL, " ,", &rest))
        own_words++;
}

static void *worker(void *unused)
{
    (void)unused;
    for (;;) {
        struct list *job = take();
        const char *text = job->text;

        free(job);
        if (text == NULL)
            break;
        count(text);
        if (own_words % 7 == 0)
            usleep(100);
    }
    mutex_lock(&jobs_lock);
    words += own_words;
    pthread_mutex_unlock(&jobs_lock);
    return NULL;
}

static void add_job(const char *text)
{
    struct list *job = malloc(sizeof(*job));

    if (job == NULL)
        panic("out of memory");
    job->text = text;
    list_add(job);
}

int main(void)
{
    pthread_t threads[WORKERS];

    sem_init(&jobs_ready, 0, 0);
    pthread_key_create(&buffer_key, free);
    for (int i = 0; i < WORKERS; i++) {
        if (pthread_create(&threads[i], NULL, worker, NULL))
            panic("no thread");
    }
    for (int i = 0; i < JOBS; i++)
        add_job(lines[i % 3]);
    /* The list is a stack: wait until it is empty before the last jobs. */
    for (int left = 1; left > 0; usleep(100))
        sem_getvalue(&jobs_ready, &left);
    for (int i = 0; i < WORKERS; i++)
        add_job(NULL);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    /* 6 + 7 + 6 words in three lines, 20 times. */
    printf("%d words\n", words);
    return words == 380 ? 0 : 1;
}
