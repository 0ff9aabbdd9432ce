/* The part of libfdt that KHO uses. Its own header includes the C library's. */
#ifndef KHOFUZZ_LINUX_SHIM_KERNEL_FDT_H_
#define KHOFUZZ_LINUX_SHIM_KERNEL_FDT_H_

#define FDT_ERR_NOTFOUND 1
#define FDT_ERR_EXISTS 2

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

#endif /* KHOFUZZ_LINUX_SHIM_KERNEL_FDT_H_ */
