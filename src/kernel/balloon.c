// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * @file
 * Memory that a hypervisor has taken back: balloon drivers of virtio, VMware, Hyper-V and Xen. Source:
 * drivers/virtio/virtio_balloon.c, drivers/misc/vmw_balloon.c, drivers/hv/hv_balloon.c, drivers/xen/balloon.c,
 * include/xen/balloon.h, drivers/base/base.h.
 *
 * Since 7.0 there is a counter, NR_BALLOON_PAGES; before, each driver counts for itself. Where a driver's structures
 * are not described, as modules' before 5.11, the pages that mm/balloon_compaction.c put into its list and took out
 * tell.
 */
#include "kernel/balloon.h"

enum {
	DEVICES_MAX = 64,
	VIRTIO_PAGE_KB = 4, // VIRTIO_BALLOON_PFN_SHIFT 12, whatever the guest's page size
	DEFLATE_ON_OOM = 2, // VIRTIO_BALLOON_F_DEFLATE_ON_OOM
};

struct device_walk {
	struct oom_image *image;
	struct oom_member node, device, dev, priv, pages, features;
	int64_t sum;
	bool managed, broken;
};

static bool take_device(void *arg, uint64_t entry)
{
	struct device_walk *w = arg;
	uint64_t device = oom_deref(w->image, entry - w->node.offset + w->device.offset);
	uint64_t virtio = device - w->dev.offset;
	uint64_t balloon = device ? oom_deref(w->image, virtio + w->priv.offset) : 0, features;
	uint32_t n;
	if (!balloon || oom_read_u32(w->image, balloon + w->pages.offset, &n) != OOM_OK)
		w->broken = true;
	else
		w->sum += (int64_t)n * VIRTIO_PAGE_KB;
	// A balloon that gives back under pressure leaves its pages among the managed ones.
	if (w->features.known && oom_read_u64(w->image, virtio + w->features.offset, &features) == OOM_OK)
		w->managed |= features >> DEFLATE_ON_OOM & 1;
	return true;
}

/** Devices of the driver: virtio_driver.driver.p -> klist_devices -> device_private.knode_driver -> device. */
static struct oom_balloon virtio(struct oom_image *image)
{
	const struct oom_module *module = oom_module_find(image, "virtio_balloon");
	struct device_walk w = {.image = image};
	struct oom_balloon ret = {OOM_ABSENT, OOM_MAYBE};
	struct oom_member p, list;
	uint64_t driver;
	if (oom_module_symbol(image, module, "virtio_balloon_driver", &driver) != OOM_OK)
		return (struct oom_balloon){
			oom_runs_without(image, "virtio_balloon", "virtio_balloon_driver") ? 0 : OOM_ABSENT, OOM_MAYBE};
	if (oom_module_member(image, module, "virtio_driver", "driver.p", &p) != OOM_OK ||
	    oom_member(image, "driver_private", "klist_devices.k_list", &list) != OOM_OK ||
	    oom_member(image, "device_private", "knode_driver.n_node", &w.node) != OOM_OK ||
	    oom_member(image, "device_private", "device", &w.device) != OOM_OK ||
	    oom_module_member(image, module, "virtio_device", "dev", &w.dev) != OOM_OK ||
	    oom_module_member(image, module, "virtio_device", "priv", &w.priv) != OOM_OK ||
	    oom_module_member(image, module, "virtio_balloon", "num_pages", &w.pages) != OOM_OK)
		return ret;
	oom_module_member(image, module, "virtio_device", "features", &w.features);
	uint64_t private = oom_deref(image, driver + p.offset);
	if (!private || !oom_list_each(image, private + list.offset, DEVICES_MAX, take_device, &w) || w.broken)
		return ret;
	ret.kb = w.sum;
	if (w.features.known)
		ret.managed = w.managed ? OOM_YES : OOM_NO;
	return ret;
}

/** A driver that keeps its count of pages in one variable: 0 if it is not there. */
static int64_t counter(struct oom_image *image, const char *module_name, const char *variable, const char *type,
		       const char *member)
{
	const struct oom_module *module = oom_module_find(image, module_name);
	struct oom_member m;
	uint64_t addr;
	uint8_t buf[8];
	if (oom_module_symbol(image, module, variable, &addr) != OOM_OK)
		return oom_runs_without(image, module_name, variable) ? 0 : OOM_ABSENT;
	if (oom_module_member(image, module, type, member, &m) != OOM_OK || (m.size != 4 && m.size != 8) ||
	    oom_read(image, addr + m.offset, buf, m.size) != OOM_OK)
		return OOM_ABSENT;
	return oom_pages_kb(image, oom_get_int(image, buf, m.size));
}

/**
 * By the events since boot: balloon_inflate less balloon_deflate, in pages (3.19, 09316c09dde3). virtio keeps all of
 * its pages in the common list that counts them; VMware since 5.4 (83a8afa72e9c), so that its 0 may mean an older
 * driver.
 */
static int64_t by_events(struct oom_image *image)
{
	bool virtio = oom_module_find(image, "virtio_balloon");
	if (!virtio && !oom_module_find(image, "vmw_balloon"))
		return OOM_ABSENT;
	int64_t kb = oom_pages_kb(image, oom_event_balance(image, "BALLOON_INFLATE", "BALLOON_DEFLATE"));
	return virtio || kb > 0 ? kb : OOM_ABSENT;
}

struct oom_balloon oom_balloon(struct oom_image *image)
{
	struct oom_balloon ret = virtio(image);
	if (oom_known(ret.kb) && ret.kb != 0)
		return ret;
	if (!oom_known(ret.kb)) {
		ret.kb = by_events(image);
		return ret;
	}
	// Only one hypervisor is below: the first that has taken something.
	const int64_t others[] = {
		counter(image, "vmw_balloon", "balloon", "vmballoon", "size"),
		counter(image, "hv_balloon", "dm_device", "hv_dynmem_device", "num_pages_ballooned"),
		oom_plus(counter(image, "xen_balloon", "balloon_stats", "balloon_stats", "balloon_low"),
			 counter(image, "xen_balloon", "balloon_stats", "balloon_stats", "balloon_high")),
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(*others) && ret.kb == 0; i++)
		ret.kb = others[i];
	if (!oom_known(ret.kb))
		ret.kb = by_events(image);
	return ret;
}
