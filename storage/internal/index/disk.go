package index

import (
	"errors"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// DiskConfig says how an index lives on a disk.
type DiskConfig struct {
	Config
	// Fsync makes an acknowledged change survive a loss of power.
	Fsync bool
	// Bodies is the folder of the bodies. Where it is set the index watches that it and the
	// log are not removed, and notes the last acknowledged change in the file AckedName. Set it
	// for folders of the operating system alone.
	Bodies string
}

// Disk is an Index in a folder. It keeps disk space back, so that deleting works on a full disk.
type Disk struct {
	*Pebble
	reserve *reserve
	lax     *laxFS // nil: changes are synced
	settled func() // waits for the syncs that the opening put off
}

// OpenDisk opens or makes an index in a folder. Call Opened when the store over it is open.
func OpenDisk(c DiskConfig) (*Disk, error) {
	if c.Bodies != "" {
		w := &watchedFS{FS: c.FS, bodies: c.Bodies}
		var err error
		if c.acked, err = openAcked(c.Dir); err != nil {
			return nil, err
		}
		c.FS, c.check = w, w
	}
	d := &Disk{settled: func() {}}
	if !c.Fsync {
		d.lax = newLaxFS(c.FS)
		c.FS = d.lax
	}
	d.reserve = newReserve(c.Dir, c.FS, c.Log)
	c.FS = vfs.OnDiskFull(c.FS, d.reserve.release)
	var err error
	d.Pebble, err = OpenPebble(c.Config)
	if d.lax != nil {
		d.settled = d.lax.settle()
	}
	if err != nil && c.acked != nil {
		err = errors.Join(err, c.acked.close())
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Opened ends the opening. It makes the log of a fresh index lasting before the first body can be:
// an empty index beside bodies is taken for a damaged one.
func (d *Disk) Opened(fresh bool) {
	if fresh && d.lax != nil {
		d.settled()
		d.lax.syncLog()
	}
	d.log.opened()
}

// Full reports whether the disk was full and still is.
func (d *Disk) Full() bool { return d.reserve.spent() }

// AcknowledgeFrom makes number that of the last acknowledged change, where the log has lost later
// ones: the next changes get their numbers again.
func (d *Disk) AcknowledgeFrom(number uint64) error { return d.acked.write(number) }

// Close implements Index.
func (d *Disk) Close() error {
	err := d.Pebble.Close()
	d.settled()
	if d.acked != nil {
		err = errors.Join(err, d.acked.close())
	}
	return err
}
