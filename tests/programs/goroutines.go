// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * goroutines.go - goroutines that allocate; with an argument two of them race.
 *
 * Runs: on the host and in a guest (suite.sh).
 */
package main

import (
	"fmt"
	"os"
	"sync"
)

func main() {
	var wait sync.WaitGroup
	var lock sync.Mutex
	shared, kept := 0, [][]byte{}

	for i := 0; i < 8; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for n := 0; n < 1000; n++ {
				buffer := make([]byte, 10000)
				lock.Lock()
				kept = append(kept[:n%10], buffer)
				lock.Unlock()
			}
			if len(os.Args) > 1 {
				shared++
			}
		}()
	}
	wait.Wait()
	fmt.Println("done", shared)
}
