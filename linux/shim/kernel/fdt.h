/* The part of libfdt that KHO uses. Its own header includes the C library's. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_FDT_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_FDT_H_

#define FDT_ERR_NOTFOUND 1
#define FDT_ERR_EXISTS 2
#define FDT_ERR_NOSPACE 3

int fdt_create(void* fdt, int bytes);
int fdt_finish_reservemap(void* fdt);
int fdt_begin_node(void* fdt, const char* name);
int fdt_end_node(void* fdt);
int fdt_finish(void* fdt);
int fdt_property(void* fdt, const char* name, const void* value, int bytes);
#define fdt_property_string(fdt, name, text) fdt_property(fdt, name, text, (int)strlen(text) + 1)

int fdt_check_header(const void* fdt);
int fdt_node_check_compatible(const void* fdt, int node, const char* compatible);
const void* fdt_getprop(const void* fdt, int node, const char* name, int* bytes);
int fdt_subnode_offset(const void* fdt, int parent, const char* name);
int fdt_first_subnode(const void* fdt, int node);
int fdt_next_subnode(const void* fdt, int node);
#define fdt_totalsize(fdt) __builtin_bswap32(((const u32*)(fdt))[1])

int fdt_open_into(const void* fdt, void* to, int bytes);
int fdt_add_subnode(void* fdt, int parent, const char* name);
int fdt_setprop(void* fdt, int node, const char* name, const void* value, int bytes);
int fdt_del_node(void* fdt, int node);
int fdt_pack(void* fdt);
int fdt_path_offset(const void* fdt, const char* path);
int fdt_check_full(const void* fdt, size_t bytes);
int fdt_create_empty_tree(void* fdt, int bytes);
int fdt_delprop(void* fdt, int node, const char* name);
const char* fdt_get_name(const void* fdt, int node, int* bytes);
int fdt_first_property_offset(const void* fdt, int node);
int fdt_next_property_offset(const void* fdt, int at);
int fdt_property_placeholder(void* fdt, const char* name, int bytes, void** value);
const char* fdt_strerror(int error);
#define fdt64_to_cpu(x) be64_to_cpu(x)
#define fdt32_to_cpu(x) be32_to_cpu(x)
#define cpu_to_fdt64(x) cpu_to_be64(x)
#define cpu_to_fdt32(x) cpu_to_be32(x)
static inline int fdt_property_u32(void* fdt, const char* name, u32 value) {
  value = __builtin_bswap32(value);
  return fdt_property(fdt, name, &value, sizeof(value));
}
static inline int fdt_property_u64(void* fdt, const char* name, u64 value) {
  value = __builtin_bswap64(value);
  return fdt_property(fdt, name, &value, sizeof(value));
}
#define fdt_property_cell(fdt, name, value) fdt_property_u32(fdt, name, value)
static inline int fdt_setprop_u64(void* fdt, int node, const char* name, u64 value) {
  value = __builtin_bswap64(value);
  return fdt_setprop(fdt, node, name, &value, sizeof(value));
}
static inline int fdt_setprop_u32(void* fdt, int node, const char* name, u32 value) {
  value = __builtin_bswap32(value);
  return fdt_setprop(fdt, node, name, &value, sizeof(value));
}
#define fdt_setprop_string(fdt, node, name, text) \
  fdt_setprop(fdt, node, name, text, (int)strlen(text) + 1)
#define fdt_for_each_subnode(node, fdt, parent) \
  for ((node) = fdt_first_subnode(fdt, parent); (node) >= 0; (node) = fdt_next_subnode(fdt, node))

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_FDT_H_ */
