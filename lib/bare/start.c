/* temporary until the libc branch lands */
#include "coracle/lifecycle.h"
int main(int argc, char **argv);
void program_start(const char *command_line)
{
    char *argv[] = {"guest", (char *)command_line, 0};
    domain_exit(main(2, argv));
}
