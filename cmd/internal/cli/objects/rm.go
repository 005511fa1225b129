package objects

import (
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/cosclient"
	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/cmd/internal/cli/view"
)

// Remove is the command rm.
type Remove struct {
	ServerFlags
	Path      []string `arg:"" name:"bucket/key" help:"Object to remove, such as photos/a.txt, or with -r all below photos/a." zh:"要删除的对象，例如 photos/a.txt；使用 -r 时为 photos/a 下的全部对象。"`
	Recursive bool     `short:"r" help:"Remove all objects below the path too. At a terminal it asks first." zh:"同时删除路径下的全部对象。在终端上会先询问。"`
	Force     bool     `help:"Do not ask. Needed with --bucket." zh:"不询问。使用 --bucket 时必须给出。"`
	Bucket    bool     `help:"Remove whole buckets, with all objects, versions and unfinished uploads. Needs --force." zh:"删除整个存储桶，包括全部对象、历史版本和未完成的上传。必须同时给出 --force。"`
}

// Details is the longer help of the command.
func (Remove) Details() (en, zh string) {
	return `For example:

  cosemu rm photos/a.txt

  cosemu rm -r photos/2024

  cosemu rm --bucket --force photos

It prints each object that it removes. In a bucket with versioning the older versions stay.

Exit codes: 0 all is removed, 1 something is not, or was not there, or no server answers, 2 wrong arguments.`,
		`例如：

  cosemu rm photos/a.txt

  cosemu rm -r photos/2024

  cosemu rm --bucket --force photos

每删除一个对象输出一行。启用了版本控制的存储桶会保留历史版本。

退出码：0 全部删除，1 有对象未删除或不存在，或没有服务器响应，2 参数有误。`
}

// Run removes.
func (c *Remove) Run(s *Session) error {
	places := make([]place, 0, len(c.Path))
	for _, text := range c.Path {
		at, err := s.place(text)
		if err == nil {
			err = c.check(&at)
		}
		if err != nil {
			return err
		}
		places = append(places, at)
	}
	failed := false
	for i := range places {
		client, err := s.Connect(s.Context, places[i].Bucket, c.SecretID)
		if err != nil {
			return err
		}
		r := &remover{Session: s, client: client, bucket: places[i].Bucket, json: c.JSON}
		if err := c.remove(r, &places[i]); err != nil {
			if s.Context.Err() != nil {
				return errInterrupted
			}
			if len(places) == 1 {
				return failure(err)
			}
			s.warn(failure(err))
			failed = true
		}
	}
	if failed {
		return errSome
	}
	return nil
}

// check refuses what could remove more than was meant.
func (c *Remove) check(at *place) error {
	switch {
	case c.Bucket && !c.Force:
		return misused("--bucket removes %s with all that is in it: give --force too", "--bucket 会删除 %s 及其中的全部内容：请同时给出 --force", at.Bucket)
	case c.Bucket && at.Key != "":
		return misused("--bucket: %q is more than a bucket", "--bucket：%q 不只是存储桶", at.text)
	case !c.Bucket && !c.Recursive && at.Key == "":
		return misused("%q is a bucket: give -r to remove its objects, or --bucket --force to remove the bucket too",
			"%q 是存储桶：用 -r 删除其中的对象，或用 --bucket --force 连同存储桶一起删除", at.text)
	}
	return nil
}

func (c *Remove) remove(r *remover, at *place) error {
	switch {
	case c.Bucket:
		return r.wholeBucket()
	case !c.Recursive:
		return r.one(at.Key)
	}
	if !c.Force && r.Asks {
		question := r.Say("Remove all objects below %s? [y/N] ", "删除 %s 下的全部对象？[y/N] ")
		if !r.Ask(strings.Replace(question, "%s", name(r.bucket, at.Key), 1)) {
			return lang.Errorf("nothing was removed", "没有删除任何对象")
		}
	}
	return r.below(at)
}

// A remover removes objects of one bucket.
type remover struct {
	*Session
	client *cosclient.Client
	bucket string
	json   bool
}

// one removes an object, which must be there.
func (r *remover) one(key string) error {
	if _, err := r.client.Head(r.Context, r.bucket, key); cosclient.Missing(err) {
		return lang.Errorf("there is no object %s", "没有对象 %s", name(r.bucket, key))
	} else if err != nil {
		return err
	}
	return r.delete(key, "")
}

func (r *remover) delete(key, version string) error {
	if err := r.client.Delete(r.Context, r.bucket, key, version); err != nil {
		return err
	}
	if r.json {
		return r.Session.json(&line{Action: "rm", Bucket: r.bucket, Key: key, VersionID: version})
	}
	shown := name(r.bucket, key)
	if version != "" {
		shown += " " + view.Line(version)
	}
	return r.print(r.Say("removed %s\n", "已删除 %s\n"), shown)
}

// below removes an object and all that lies below it.
func (r *remover) below(at *place) error {
	found := false
	for e, err := range r.client.List(r.Context, r.bucket, at.Key, "") {
		if err != nil {
			return err
		}
		if e.Key != at.Key && !strings.HasPrefix(e.Key, at.folder()) {
			continue // photos/ab, where photos/a was said
		}
		found = true
		if err := r.delete(e.Key, ""); err != nil {
			return err
		}
	}
	if !found && at.Key != "" {
		return lang.Errorf("there is nothing below %s", "%s 下没有对象", name(r.bucket, at.Key))
	}
	return nil
}

// wholeBucket removes a bucket with all that is in it.
func (r *remover) wholeBucket() error {
	for u, err := range r.client.Uploads(r.Context, r.bucket) {
		if err == nil {
			err = r.client.Abort(r.Context, r.bucket, u)
		}
		if err != nil {
			return err
		}
	}
	for e, err := range r.client.Versions(r.Context, r.bucket) {
		if err == nil {
			err = r.delete(e.Key, e.VersionID)
		}
		if err != nil {
			return err
		}
	}
	if err := r.client.DeleteBucket(r.Context, r.bucket); err != nil {
		return err
	}
	if r.json {
		return r.Session.json(&line{Action: "rm-bucket", Bucket: r.bucket})
	}
	return r.print(r.Say("removed the bucket %s\n", "已删除存储桶 %s\n"), view.Line(r.bucket))
}
