COMPONENTS = netfront lwip
