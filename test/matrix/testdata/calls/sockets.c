#include "show.h"
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

static socklen_t address(struct sockaddr_un *to, const char *name) {
  memset(to, 0, sizeof *to);
  to->sun_family = AF_UNIX;
  strcpy(to->sun_path + (*name == '@'), name + (*name == '@'));
  return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + (*name != '@'));
}

static void show_address(const char *what, int result, struct sockaddr_un *found, socklen_t length) {
  if (result < 0) printf("%s: %s\n", what, strerrorname_np(errno));
  else if (length <= sizeof found->sun_family) printf("%s: no name\n", what);
  else printf("%s: %s%s %u\n", what, found->sun_path[0] ? "" : "@", found->sun_path + !found->sun_path[0], length);
}

static void names_of(const char *what, int fd) {
  struct sockaddr_un found;
  socklen_t length = sizeof found;
  memset(&found, 0, sizeof found);
  int result = getsockname(fd, (struct sockaddr *)&found, &length);
  printf("%s: ", what), show_address("own", result, &found, length);
  length = sizeof found;
  memset(&found, 0, sizeof found);
  result = getpeername(fd, (struct sockaddr *)&found, &length);
  printf("%s: ", what), show_address("peer", result, &found, length);
}

static void send_descriptor(int to, int fd) {
  char byte = 'd', control[CMSG_SPACE(sizeof fd)] = {0};
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  *head = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof fd)};
  memcpy(CMSG_DATA(head), &fd, sizeof fd);
  shown("send a descriptor", sendmsg(to, &message, 0));
}

static void receive_descriptor(int from) {
  char byte, text[16] = "", control[CMSG_SPACE(sizeof(int))];
  struct iovec part = {&byte, 1};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  shown("receive a descriptor", recvmsg(from, &message, 0));
  struct cmsghdr *head = CMSG_FIRSTHDR(&message);
  if (!head) return (void)puts("no descriptor");
  int fd;
  memcpy(&fd, CMSG_DATA(head), sizeof fd);
  pread(fd, text, sizeof text - 1, 0);
  printf("received: %s\n", text);
}

static void stream(const char *name) {
  struct sockaddr_un to;
  socklen_t length = address(&to, name);
  int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
  printf("-- %s\n", name);
  SHOW(connect(client, (struct sockaddr *)&to, length));
  SHOW(bind(server, (struct sockaddr *)&to, length));
  SHOW(bind(server, (struct sockaddr *)&to, length));
  SHOW(connect(client, (struct sockaddr *)&to, length));
  SHOW(listen(server, 4));
  SHOW(connect(client, (struct sockaddr *)&to, length));
  SHOW(connect(client, (struct sockaddr *)&to, length));
  struct sockaddr_un peer;
  socklen_t room = sizeof peer;
  memset(&peer, 0, sizeof peer);
  int accepted = accept(server, (struct sockaddr *)&peer, &room);
  show_address("accept", accepted, &peer, room);
  names_of("server", server);
  names_of("accepted", accepted);
  names_of("client", client);
  send_descriptor(client, made("passed", "passed on", 0644));
  receive_descriptor(accepted);
  int kind, flags = fcntl(server, F_GETFD);
  room = sizeof kind;
  getsockopt(server, SOL_SOCKET, SO_TYPE, &kind, &room);
  printf("kind %d, close on exec %d\n", kind, flags);
  if (*name != '@') show_file(name), SHOW(open(name, O_RDONLY));
  close(server), close(client), close(accepted);
  client = socket(AF_UNIX, SOCK_STREAM, 0);
  SHOW(connect(client, (struct sockaddr *)&to, length));
  SHOW(unlink(name));
}

static void datagram(const char *name, const char *from) {
  struct sockaddr_un to, own;
  socklen_t length = address(&to, name), size = address(&own, from);
  int server = socket(AF_UNIX, SOCK_DGRAM, 0), client = socket(AF_UNIX, SOCK_DGRAM, 0);
  printf("-- %s\n", name);
  SHOW(bind(server, (struct sockaddr *)&to, length));
  SHOW(bind(client, (struct sockaddr *)&own, size));
  SHOW(sendto(client, "one", 3, 0, (struct sockaddr *)&to, length));
  char text[16] = "";
  printf("first: %ld\n", (long)recv(server, text, sizeof text, MSG_DONTWAIT));
  SHOW(connect(client, (struct sockaddr *)&to, length));
  SHOW(send(client, "two", 3, 0));
  printf("second: %ld\n", (long)recv(server, text, sizeof text, MSG_DONTWAIT));
  send_descriptor(client, made("passed", "passed on", 0644));
  receive_descriptor(server);
  close(server);
  SHOW(send(client, "three", 5, 0));
  close(client);
  unlink(name), unlink(from);
}

static void packets(void) {
  struct sockaddr_un to;
  socklen_t length = address(&to, "packets");
  int server = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
  SHOW(bind(server, (struct sockaddr *)&to, length));
  SHOW(listen(server, 1));
  printf("flags %x\n", fcntl(server, F_GETFL));
  SHOW(accept(server, NULL, NULL));
  struct pollfd wait = {.fd = server, .events = POLLIN};
  int client = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  SHOW(connect(client, (struct sockaddr *)&to, length));
  printf("poll %d\n", poll(&wait, 1, 1000));
}

/* UNIX sockets: by a path, by an abstract name. */
int main(void) {
  stream("socket");
  stream("@matrix-stream");
  datagram("datagram", "sender");
  datagram("@matrix-datagram", "@matrix-sender");
  packets();
  return 0;
}
